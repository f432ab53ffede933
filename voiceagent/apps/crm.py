"""The CRM of this installation."""

from contextlib import AbstractAsyncContextManager

from voiceagent.background.crm import CrmConnector
from voiceagent.background.crm_discovery import find_connector
from voiceagent.config.settings import Settings


def open_crm(settings: Settings) -> AbstractAsyncContextManager[CrmConnector]:
    """The connector that the settings name. Raises ConfigError when there is none of that name."""
    options = dict(settings.crm.options)
    if settings.crm.connector == "demo":
        options.setdefault("database_url", settings.jobs_database)
    return find_connector(settings.crm.connector)(options)
