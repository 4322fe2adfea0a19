"""Image sequences: which file each frame of the scene needs."""

import os
import re

import bpy

import images
from nodes import compositor_trees, shading_trees

# The last run of digits before the extension counts the frames.
NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)


class SequenceUse:
    """One use of a sequence, with its own timing (Blender's ImageUser)."""

    def __init__(self, owner, image, timing, still):
        self.owner = owner
        self.image = image
        self.start = timing.frame_start
        self.count = timing.frame_duration
        self.offset = timing.frame_offset
        self.cyclic = getattr(timing, "use_cyclic", False)
        # Without auto refresh the sequence stands still at the frame that was saved.
        self.still = still

    def title(self):
        return f"Image sequence '{self.image.name}' ({self.image.filepath}) of '{self.owner.name}'"

    def path(self, frame):
        stored = bpy.path.abspath(self.image.filepath, library=self.image.library)
        folder, name = os.path.split(os.path.normpath(stored))
        match = NUMBER.match(name)
        if match is None:
            return stored
        number = self.still if self.still is not None else self._number(frame)
        return os.path.join(folder, f"{match[1]}{number:0{len(match[2])}d}{match[3]}")

    def _number(self, frame):
        """As Blender's BKE_image_user_frame_get counts."""
        if self.count == 0:
            return 0
        place = frame - self.start + 1
        if self.cyclic:
            place = place % self.count or self.count
        return min(max(place, 0), self.count) + self.offset

    def shows(self, frame):
        """Outside its range a sequence that is not cyclic shows nothing, as its artist saw."""
        return self.cyclic or self.still is not None or 1 <= frame - self.start + 1 <= self.count

    def wrong(self, frame):
        """Why the picture of this frame would be wrong; None when its file is there and whole."""
        path = self.path(frame)
        if not self.shows(frame):
            return None
        reason = images.broken(path) if _there(path) else "which is missing"
        return reason and f"{self.title()}: frame {frame} needs {os.path.basename(path)}, {reason}."

    def any_exists(self):
        return any(_there(self.path(self.start + index)) for index in range(min(self.count, 100_000)))


def _there(path):
    return os.path.isfile(path) and os.path.getsize(path) > 0


def find():
    found = []
    for owner, tree in shading_trees():
        for node in tree.nodes:
            timing = getattr(node, "image_user", None)
            if timing is not None and _is_sequence(getattr(node, "image", None)):
                found.append(_use(owner, node.image, timing))
    for owner, tree in compositor_trees():
        for node in tree.nodes:
            if node.type == "IMAGE" and _is_sequence(node.image):
                found.append(_use(owner, node.image, node))
    for texture in bpy.data.textures:
        if texture.users and texture.type == "IMAGE" and _is_sequence(texture.image):
            found.append(_use(texture, texture.image, texture.image_user))
    return found


def _is_sequence(image):
    return image is not None and image.source == "SEQUENCE" and not image.packed_files


def _use(owner, image, timing):
    refreshes = getattr(timing, "use_auto_refresh", True)
    return SequenceUse(owner, image, timing, None if refreshes else getattr(timing, "frame_current", None))
