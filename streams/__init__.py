"""panictrail: from a Go crash to the change that caused it.

The import package of the distribution `panictrail`. `__version__` is public; rooms below it are not.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
