"""What number of crashes is usual, hour by hour of the week, and when there are far more."""
