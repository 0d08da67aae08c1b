"""Groups of texts that mean the same or are about the same, and a map of all of them."""

from isogloss.search.clustering.communities import find_communities
from isogloss.search.clustering.groups import NO_CLUSTER, Cluster, describe_clusters
from isogloss.search.clustering.kmeans import check_k, kmeans
from isogloss.search.clustering.projection import METHODS, check_enough, check_method, project
from isogloss.search.clustering.settings import ClusterSettings, check_settings

__all__ = [
    "METHODS",
    "NO_CLUSTER",
    "Cluster",
    "ClusterSettings",
    "check_enough",
    "check_k",
    "check_method",
    "check_settings",
    "describe_clusters",
    "find_communities",
    "kmeans",
    "project",
]
