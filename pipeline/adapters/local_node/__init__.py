"""The local Elasticsearch: had, configured, started, known again and stopped, with nothing but Python installed."""

from pipeline.adapters.local_node.node import LocalNode
from pipeline.adapters.local_node.records import NodeStatus

__all__ = ["LocalNode", "NodeStatus"]
