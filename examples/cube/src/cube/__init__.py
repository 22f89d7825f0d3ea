"""Finds the topics of some sentences."""

import numpy as np
import pandas as pd
from bertopic import BERTopic
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer


def topics(sentences: list[str]) -> pd.DataFrame:
    """Topics with their counts. The sentences are embedded by their words, so that no model has to be fetched."""
    embeddings = TfidfVectorizer().fit_transform(sentences).toarray().astype(np.float32)
    model = BERTopic(umap_model=PCA(n_components=2), min_topic_size=2, calculate_probabilities=False)
    model.fit(sentences, embeddings)
    return model.get_topic_info()[["Topic", "Count", "Name"]]


def main() -> None:
    """Prints the topics of a few sentences."""
    rings = [f"the ring binds part {number} of the blade" for number in range(20)]
    graphs = [f"a graph has node {number} and an edge" for number in range(20)]
    print(topics(rings + graphs).to_string(index=False))
