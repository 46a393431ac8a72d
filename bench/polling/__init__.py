"""The conformance bench: rules that a feed poller has to hold, each shown by one small scenario."""
