"""How Slack writes down what people say: the same in an export and live, so that imported history and today's talk
are one. Used by `adapters.archive` and `adapters.slack`, which do not know each other."""
