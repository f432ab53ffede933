"""One package per noun: `endpoints` (HTTP), `service` (what it does), `schemas` (what goes over the wire)."""
