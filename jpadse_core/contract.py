"""The version of the contract between the core and plugins."""

from __future__ import annotations

CONTRACT_VERSION = 1
"""Raised when a plugin written for the old interfaces would break."""
