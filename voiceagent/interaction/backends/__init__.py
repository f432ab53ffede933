"""Duplex models behind the `DuplexModel` contract."""
