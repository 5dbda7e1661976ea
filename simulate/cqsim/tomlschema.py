"""What schemas of TOML files are made of."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from cqsim.resources import LANGUAGES

Name = Annotated[str, Field(min_length=1, strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Year = Annotated[int, Field(strict=True, ge=1900, le=2200)]
Years = Annotated[tuple[Year, ...], Field(min_length=1)]


class Frozen(BaseModel):
    """A table of a file: no key unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Frozen):
    """The same words in Chinese and in English.

    Where the case of the file speaks one language only, its words stand for both.
    """

    zh: Name
    en: Name

    @model_validator(mode="before")
    @classmethod
    def _one_language_for_both(cls, given: Any, info: ValidationInfo) -> Any:
        languages = (info.context or {}).get("languages", LANGUAGES)
        if len(languages) == 1 and isinstance(given, dict) and languages[0] in given:
            return {**dict.fromkeys(LANGUAGES, given[languages[0]]), **given}
        return given
