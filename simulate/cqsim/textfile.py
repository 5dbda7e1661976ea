"""Read text that others wrote: UTF-8, or GB18030 where that is certain."""

from pathlib import Path

from cqsim.errors import InputFileError

FAMILIAR_SHARE = 0.9
"""Of the characters beyond ASCII, the share that GB 2312 must have.

Bytes of another encoding nearly always decode as GB18030 too, but into rare characters.
"""

COMMON_SHARE = 0.5
"""Of them, the share that must be among the common ones (level 1), or punctuation.

Two letters of Western Europe in a row can be one of the less common ones.
"""


def is_file(path: Path) -> bool:
    """Whether a path leads to a file; False too where it cannot be a path at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    InputFileError
        The file is not there, is a folder, or may not be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        what, remedy = "there is no such file", "Check the name and the folder."
    except IsADirectoryError:
        what, remedy = "this is a folder, not a file", "A file is needed here."
    except OSError as error:
        reason = error.strerror or str(error)
        what, remedy = f"it cannot be read ({reason})", "Check its permissions."
    except ValueError:
        what, remedy = "this is no name of a file", "Check the name."
    raise InputFileError(path, 0, what, remedy)


def decode(path: Path, content: bytes) -> str:
    """Return the text of a file's bytes, without byte order mark.

    Raises
    ------
    InputFileError
        The bytes are neither UTF-8 nor, beyond doubt, GB18030.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _decode_gb18030(path, content, error.start)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        what = "a zero byte stands here; this is not UTF-8 text"
        raise InputFileError(path, line, what, "Save the file as UTF-8 text.")
    return text


def decode_model(path: Path, content: bytes) -> str:
    """Return the text of a model file: UTF-8, GB18030 or Windows-1252.

    UTF-8 where the bytes are UTF-8; else GB18030 where that is beyond doubt, or the
    first line says so; else Windows-1252, in which older programs wrote. What else
    stands in braces in the first line is a comment.

    Raises
    ------
    InputFileError
        The bytes are text in none of these, or hold a zero byte.
    """
    try:
        return decode(path, content)
    except InputFileError as fault:
        if b"\0" in content:
            raise
        declared = b"{gb18030}" in content[:64].lower()
        try:
            return content.decode("gb18030" if declared else "cp1252")
        except UnicodeDecodeError:
            raise fault from None


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 or GB18030; see `decode`."""
    return decode(path, read_bytes(path))


def _decode_gb18030(path: Path, content: bytes, fault: int) -> str:
    line = content[:fault].count(b"\n") + 1
    what = "these bytes are neither UTF-8 nor GB18030 text"
    remedy = "Save the file as UTF-8."
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise InputFileError(path, line, what, remedy) from None
    foreign = [character for character in text if ord(character) > 127]
    leads = [_gb2312_lead(character) for character in foreign]
    familiar = sum(lead > 0 for lead in leads)
    common = sum(0 < lead <= _LAST_COMMON for lead in leads)
    least = FAMILIAR_SHARE * len(foreign), COMMON_SHARE * len(foreign)
    if familiar < least[0] or common < least[1]:
        raise InputFileError(path, line, what, remedy)
    return text


_LAST_COMMON = 0xD7


def _gb2312_lead(character: str) -> int:
    """Return the first byte of a character in GB 2312, 0 if it is not in it."""
    try:
        return character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return 0
