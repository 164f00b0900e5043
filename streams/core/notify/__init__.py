"""What people are told of, whom, how it looks, and when it is tried again."""
