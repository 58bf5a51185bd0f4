"""What is known of a dataset's rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from hub.core.errors import Busy, HubError, NotFound
from models_app.repositories.models import Repository
from models_app.viewer.models import Conversion, ConversionState, ConvertedSplit

REF = "refs/convert/parquet"


class NotReady(Busy):
    """The files are still being converted, for the first time."""

    code = "ResponseNotReady"

    def __init__(self) -> None:
        super().__init__("The dataset is being converted. Please retry in a moment.", retry_after=5)


class NoRows(HubError):
    """The conversion ended without rows; the message says why."""

    status, code = 422, "NoRows"


class ConfigNotFound(NotFound):
    code = "ConfigNotFoundError"


class SplitNotFound(NotFound):
    code = "SplitNotFoundError"


@dataclass(frozen=True, slots=True)
class Converted:
    """How far a dataset's conversion has come. `splits` may be those of an earlier commit, `revision`."""

    conversion: Conversion | None
    splits: list[ConvertedSplit]
    is_current: bool

    @property
    def revision(self) -> str:
        return self.conversion.head if self.conversion else ""

    @property
    def problem(self) -> str:
        return self.conversion.problem if self.conversion else ""

    @property
    def is_pending(self) -> bool:
        """Nothing is known yet, neither rows nor a reason why there are none."""
        return not self.splits and not self.problem and not self._has_failed and not self.is_off

    @property
    def is_off(self) -> bool:
        """The operator wants no conversions."""
        return not settings.VIEWER_MAX_BYTES

    @property
    def _has_failed(self) -> bool:
        return self.conversion is not None and self.conversion.state == ConversionState.FAILED

    @property
    def configs(self) -> list[str]:
        return list(dict.fromkeys(split.config for split in self.splits))

    @property
    def is_partial(self) -> bool:
        return any(split.is_partial for split in self.splits)

    def of_config(self, config: str) -> list[ConvertedSplit]:
        """Raises ConfigNotFound."""
        found = [split for split in self.splits if split.config == config]
        if not found:
            raise ConfigNotFound(f"The dataset has no config {config[:100]!r}; it has: {self._known()}.")
        return found

    def split(self, config: str, name: str) -> ConvertedSplit:
        """Raises ConfigNotFound, SplitNotFound, NoRows where the split's files could not be read."""
        for split in self.of_config(config):
            if split.name == name:
                if split.problem:
                    raise NoRows(split.problem)
                return split
        raise SplitNotFound(f"The config {config} has no split {name[:100]!r}.")

    def require_rows(self) -> None:
        """Raises NotReady, NoRows."""
        if self.is_pending:
            raise NotReady
        if not self.splits and self.is_off:
            raise NoRows("This hub does not convert datasets.")
        if not self.splits:
            raise NoRows(self.problem or "The conversion of this dataset failed on the hub's side.")

    def _known(self) -> str:
        return ", ".join(self.configs[:20])


def converted(repository: Repository) -> Converted:
    """Two queries."""
    conversion = Conversion.objects.filter(repository=repository).first()
    if conversion is None:
        return Converted(None, [], is_current=False)
    splits = list(conversion.splits.all())
    return Converted(conversion, splits, is_current=conversion.head == repository.head)
