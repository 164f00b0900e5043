"""Side inputs by webhook: what senders post, checked and turned into git.push, ci.build and deploy events. Pure."""
