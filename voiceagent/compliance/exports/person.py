"""What an export for one person does beyond others: which calls are theirs, what else is, and the page about it all."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from voiceagent.compliance.erasure.names import names_of, searched_for
from voiceagent.compliance.exports.request import DataSubject, ExportRequest
from voiceagent.compliance.exports.writer import FINISHED, PackageWriter
from voiceagent.compliance.retention.rules import Rules
from voiceagent.compliance.subject_access.kept_until import classes_in, terms_of
from voiceagent.compliance.subject_access.notice import PrivacyNotice
from voiceagent.compliance.subject_access.own_data import own_values_of
from voiceagent.compliance.subject_access.page import Account, page_of
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import Damaged, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.stored_recordings import OpenRecording, StoredRecordings
from voiceagent.records.dossier import CallDossier
from voiceagent.records.erasing.subject import Subject, calls_of
from voiceagent.records.erasure_values import HIDDEN, Fate
from voiceagent.records.number_hash import number_hash
from voiceagent.records.repositories.dossiers import CallRange
from voiceagent.records.retention_values import CallFacts
from voiceagent.records.unit_of_work import UnitOfWork
from voiceagent.records.values import ConsentClip

PAGE: Final = "your-data.html"
_ENDLESS: Final = timedelta(days=1)  # a call that goes on counts as found: it is named, and left out

Aside = Callable[[Callable[[], object]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectParts:
    """`pepper`: of the purge's pseudonyms; `number_pepper`: of do-not-call lists and outbound calls.

    `rules`: defaults and legal limits of the settings. `home`: the country of numbers that are written without one.
    """

    pepper: Callable[[TenantId], bytes] = field(repr=False)
    number_pepper: bytes = field(repr=False)
    rules: Rules
    notice: PrivacyNotice
    home: str = ""


class PersonExport:
    """Within one snapshot: `resolve`, `beside` for every page of calls, `finish`."""

    def __init__(
        self,
        work: UnitOfWork,
        request: ExportRequest,
        subject: DataSubject,
        parts: SubjectParts,
        recordings: StoredRecordings,
        aside: Aside,
    ) -> None:
        self._work, self._request, self._subject, self._parts = work, request, subject, parts
        self._recordings, self._aside = recordings, aside
        self._calls: Sequence[CallFacts] = ()
        self._has: dict[str, frozenset[ContentClass]] = {}
        self._prompts: set[str] = set()
        self._restricted = self._in_erasure = 0
        self._erased: dict[str, datetime | None] = {}

    async def resolve(self) -> CallRange:
        """The calls of this person: those that an erasure would find."""
        peppered: list[bytes] = []
        await self._aside(lambda: peppered.append(self._parts.pepper(self._request.tenant_id)))
        names = searched_for(names_of(self._subject.numbers, peppered[0], self._parts.home))
        who = Subject(names=names, call_ids=self._subject.call_ids)
        until = self._request.until
        self._calls = await calls_of(
            self._work.session, self._request.tenant_id, who, before=until, now=until + _ENDLESS
        )
        ids = [call.call_id for call in self._calls]
        await self._fates(ids)
        return CallRange(call_ids=ids)

    async def beside(self, page: Sequence[CallDossier], writer: PackageWriter) -> None:
        """Add what there is of these calls that the tables do not hold. Raises OSError."""
        finished = [one for one in page if one.record.status in FINISHED]
        for dossier in finished:
            self._has[dossier.record.call_id] = classes_in(dossier)
            self._prompts.update(one.prompt_sha256 for one in dossier.consents if one.prompt_sha256)
        by_id: dict[str, CallDossier] = {dossier.record.call_id: dossier for dossier in finished}
        ids = list(by_id)
        data = self._work.personal_data
        events = [own_values_of(row, nested=("data",)) for row in await data.events(ids)]
        changes = [own_values_of(row) for row in await data.changes(ids)]
        await self._aside(partial(writer.add_rows, "events", events))
        await self._aside(partial(writer.add_rows, "changes", changes))
        for clip in await data.clips(ids):
            sound = await self._open(clip)
            try:
                await self._aside(partial(writer.add_clip, by_id[clip.call_id], clip, sound))
            finally:
                if sound is not None:
                    sound.close()

    async def finish(self, writer: PackageWriter) -> None:
        """Add what belongs to no call, and the page. Raises OSError."""
        prompts = await self._work.personal_data.prompts(sorted(self._prompts))
        await self._aside(partial(writer.add_rows, "prompt_texts", prompts))
        hashes = [number_hash(self._parts.number_pepper, number) for number in self._subject.numbers]
        for name, rows in (await self._work.personal_data.about_numbers(hashes)).items():
            await self._aside(partial(writer.add_rows, name, [own_values_of(row) for row in rows]))
        page = page_of(await self._account(writer))
        await self._aside(partial(writer.add_page, PAGE, page))

    async def _fates(self, ids: Sequence[str]) -> None:
        found = await self._work.personal_data.fates(ids)
        fates: dict[str, set[Fate]] = {}
        for call_id, fate, _ in found:
            fates.setdefault(call_id, set()).add(fate)
        for call_id in ids:
            hidden = fates.get(call_id, set()).intersection(HIDDEN)
            if hidden:
                self._restricted += hidden == {Fate.RESTRICTED}
                self._in_erasure += hidden != {Fate.RESTRICTED}
        self._erased = {call_id: at for call_id, fate, at in found if fate is Fate.ERASED}

    async def _open(self, clip: ConsentClip) -> OpenRecording | None:
        if clip.state != "kept" or not self._request.media:
            return None
        try:
            return await self._recordings.open(clip)
        except (NotFound, Damaged):
            return None

    async def _account(self, writer: PackageWriter) -> Account:
        request, told = self._request, writer.told
        rules = replace(
            self._parts.rules,
            policies=await self._work.retention.policies(),
            holds=await self._work.legal_holds.active(),
        )
        hosts = {urlsplit(one.url).hostname or "" for one in await self._work.webhooks.list()}
        return Account(
            organisation=request.organisation,
            numbers=self._subject.numbers,
            named_calls=len(self._subject.call_ids),
            identity_check=self._subject.identity_check,
            received_at=self._subject.received_at,
            made_at=request.created_at,
            rows=told.rows,
            terms=terms_of(self._calls, self._has, rules, request.created_at),
            notice=self._parts.notice,
            told_systems=sorted(hosts - {""}),
            media=told.media,
            other_voices_masked=self._subject.mask_other_voices,
            restricted=self._restricted,
            in_erasure=self._in_erasure,
            not_ended=len(told.excluded.get("not_ended", ())),
            erased=len(self._erased),
            erased_at=max((at for at in self._erased.values() if at), default=None),
        )
