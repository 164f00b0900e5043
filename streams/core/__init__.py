"""Pure functions over the model: no I/O, no clock, no logging, no asyncio."""
