"""Images that a render can see, and whether their files are whole."""

import os
import struct
import zlib

import bpy

from problem import missing

PNG = b"\x89PNG\r\n\x1a\n"
BLOCK = 1 << 20


def used():
    """File images with a user that can show in a picture; packed ones have no file to miss."""
    candidates = [
        image
        for image in bpy.data.images
        if image.users and image.source in ("FILE", "MOVIE", "SEQUENCE", "TILED") and not image.packed_files
    ]
    users = bpy.data.user_map(subset=candidates) if candidates else {}
    return [image for image in candidates if any(_shows(user) for user in users.get(image, ()))]


def _shows(user):
    """Reference pictures on empties, brushes and editors are never rendered."""
    if isinstance(user, bpy.types.Object):
        return user.type != "EMPTY"
    return not isinstance(user, (bpy.types.Brush, bpy.types.Screen, bpy.types.Library))


def title(image):
    return f"Image '{image.name}' ({image.filepath})"


def inspect(asked):
    """Broken files: Blender and Cycles show them pink, or grey from where they end."""
    for image in used():
        if image.source not in ("FILE", "MOVIE"):
            continue
        path = os.path.normpath(bpy.path.abspath(image.filepath, library=image.library))
        if not os.path.isfile(path) or os.path.getsize(path) == 0:
            continue  # told as missing
        reason = broken(path) or _unreadable(image)
        if reason:
            yield missing("broken-image", f"{title(image)}: {reason}. Export it again.", asked)


def broken(path):
    """What is wrong with the file itself, for the formats whose end is easily recognised."""
    with open(path, "rb") as file:
        start = file.read(8)
        if start == PNG:
            return _broken_png(file)
        if start[:3] == b"\xff\xd8\xff":
            return _broken_jpeg(file)
    return None


def _broken_png(file):
    """Every block carries its own checksum, up to one that says it is the last."""
    while True:
        head = file.read(8)
        if len(head) < 8:
            return "the PNG file is cut off"
        size, kind = struct.unpack(">I4s", head)
        check = zlib.crc32(kind)
        while size:
            data = file.read(min(size, BLOCK))
            if not data:
                return "the PNG file is cut off"
            check = zlib.crc32(data, check)
            size -= len(data)
        stored = file.read(4)
        if len(stored) < 4:
            return "the PNG file is cut off"
        if struct.unpack(">I", stored)[0] != check:
            return "the PNG file is damaged (a checksum does not match)"
        if kind == b"IEND":
            return None


def _broken_jpeg(file):
    """Cameras append data behind the end mark: it must only be somewhere near the end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - BLOCK))
    return None if b"\xff\xd9" in file.read() else "the JPEG file is cut off"


def _unreadable(image):
    """Blender decodes it; its memory is given back, as the engine loads its own copy."""
    held = image.has_data
    readable = image.size[0] > 0 and image.has_data
    if readable and not held and image.source == "FILE":
        image.buffers_free()
    return None if readable else "Blender cannot read the file"
