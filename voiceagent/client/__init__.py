"""The admin API for Python programs: typed by the schemas that the API itself answers with.

with ApiClient("http://127.0.0.1:8080", key) as api:
    for export in Exports(api).list():
        print(export.id, export.state)
"""

from voiceagent.client.campaigns import Campaigns
from voiceagent.client.http import ApiClient
from voiceagent.client.resources import Calls, ErasureRequests, Exports, LegalHolds

__all__ = ["ApiClient", "Calls", "Campaigns", "ErasureRequests", "Exports", "LegalHolds"]
