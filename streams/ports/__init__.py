"""What drivers need from outside, as Protocols. No implementation here."""
