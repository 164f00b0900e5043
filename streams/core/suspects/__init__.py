"""Which change caused a crash: evidence of history and source, ranked, with calibrated confidence."""
