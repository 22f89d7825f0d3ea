from pnt_functional import compose


def test_the_inner_function_is_called_first() -> None:
    assert compose(str, len)("ring") == "4"
