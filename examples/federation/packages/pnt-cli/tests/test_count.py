from pnt_cli import count


def test_words_are_counted_in_rust() -> None:
    assert count("the ring the parts")["the"] == 2
