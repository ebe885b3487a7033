"""Breaks the conversation before it begins, as a library that prints when it is imported would."""

if __name__ == "__main__":
    print("Welcome to libbabble 1.0")  # noqa: T201  # the point
