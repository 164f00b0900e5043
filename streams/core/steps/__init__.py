"""One pure step per stage: `step(state, event, facts) -> Done | Need`."""
