"""Renders frames and tells of each the moment its file is written."""

import glob
import os
import time

try:
    import resource
except ImportError:
    resource = None  # Windows

import bpy

from drivers import every_driver
import settings
from parts import Narrowed, not_possible
from problem import shortened

# Effort 1 of 100: a preview lives for seconds, until it is in the movie.
PREVIEW_COMPRESSION = 10


def render(opened, command, channel):
    refused = not_possible(opened, command["part"])
    frames = []
    for frame in command["frames"]:
        gone = missing_inputs(opened, frame)
        if refused:
            channel.send(_failed(frame, "REFUSED", refused, True))
        elif gone and not opened.asked.get("allowMissing"):
            channel.send(_failed(frame, "MISSING_INPUTS", " ".join(gone), True))
        else:
            frames.append(frame)
    previews = command["preview"] and opened.format in settings.NOT_FOR_DISPLAY
    with Narrowed(opened, command["part"]):
        for run in runs(frames):
            _Run(opened, run, command["directory"], previews, channel).render()


def runs(frames):
    """Neighbouring frames: Blender renders such a run in one go, which saves Eevee a third of its time.
    Only steps of one: Blender would evaluate the whole scene at each frame that it skips. Its own range
    starts at 0."""
    found = []
    for frame in frames:
        if found and frame == found[-1][-1] + 1 and frame > 0:
            found[-1].append(frame)
        else:
            found.append([frame])
    return found


def check_written(path):
    """Some formats are cut off without a word when the disk is full, or the file may not grow."""
    size = os.path.getsize(path)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0] if resource else -1
    full = os.statvfs(path).f_bavail == 0 if hasattr(os, "statvfs") else False
    if size == 0 or full or (limit >= 0 and size >= limit) or _without_directory(path, size):
        raise OSError(f"{os.path.basename(path)} could not be written whole ({size} bytes): is the disk full?")


def _without_directory(path, size):
    """TIFF's table of contents is written last, where the eighth byte points to."""
    with open(path, "rb") as file:
        start = file.read(8)
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(start[:4])
    return order is not None and int.from_bytes(start[4:], order) + 2 > size


def frame_range_matters(scene):
    """Rendering a run sets the scene's frame range; some scenes would show that."""
    if scene.render.use_stamp and scene.render.use_stamp_frame_range:
        return True
    drivers = [driver for _, driver in every_driver()]
    targets = (target for driver in drivers for variable in driver.variables for target in variable.targets)
    return any(target.data_path in ("frame_start", "frame_end", "frame_step") for target in targets)


def _failed(frame, code, message, permanent):
    return {"is": "failed", "frame": frame, "code": code, "message": shortened(message), "permanent": permanent}


def missing_inputs(opened, frame):
    return [said for said in (use.wrong(frame) for use in opened.sequences) if said]


class _Run:
    def __init__(self, opened, frames, directory, previews, channel):
        self.opened = opened
        self.scene = opened.scene
        self.frames = frames
        self.directory = directory
        self.previews = previews
        self.channel = channel
        self.alone = frame_range_matters(opened.scene)
        self.done = 0
        self.started = 0.0

    def render(self):
        """A frame that fails is told and skipped; the frames behind it are still rendered."""
        while self.done < len(self.frames):
            first = self.done
            message = self._render_rest()
            if self.done < len(self.frames) and (message or self.done == first):
                said = message or "Blender ended without writing this frame."
                self._discard(self.frames[self.done])
                self.channel.send(_failed(self.frames[self.done], "RENDERER_FAILED", said, False))
                self.done += 1

    def _render_rest(self):
        rest = self.frames[self.done :]
        self.started = time.perf_counter()
        self.channel.send({"is": "started", "frame": rest[0]})
        try:
            if len(rest) == 1 or self.alone:
                self._render_one(rest[0])
            else:
                self._render_many(rest)
        except RuntimeError as error:
            return str(error).strip()
        return None

    def _render_one(self, frame):
        self.scene.frame_current = frame
        self.scene.render.filepath = self._stem(frame)
        # Blender calls the handlers of this one also when it could not save.
        bpy.ops.render.render(write_still=True)
        self._written()

    def _render_many(self, frames):
        self.scene.frame_start, self.scene.frame_end = frames[0], frames[-1]
        self.scene.frame_step = 1
        self.scene.render.filepath = os.path.join(self.directory, "f_######")
        bpy.app.handlers.render_write.append(self._written)
        try:
            bpy.ops.render.render(animation=True)
        finally:
            bpy.app.handlers.render_write.remove(self._written)

    def _discard(self, frame):
        """What was written of a failed frame takes the room that the next one needs."""
        for path in glob.glob(glob.escape(self._stem(frame)) + ".*"):
            os.remove(path)

    def _stem(self, frame):
        return os.path.join(self.directory, f"f_{'-' if frame < 0 else ''}{abs(frame):06d}")

    def _written(self, *_):
        """After each file; within a run Blender calls it, and would only print what is raised here."""
        frame = self.frames[self.done]
        path = self._stem(frame) + self.scene.render.file_extension
        try:
            answer = self._answer(frame, path)
        except (OSError, RuntimeError) as error:
            self._discard(frame)
            answer = _failed(frame, "RENDERER_FAILED", f"Frame {frame}: {error}", False)
        self.channel.send(answer)
        self.done += 1
        if self.done < len(self.frames) and not self.alone:
            self.started = time.perf_counter()
            self.channel.send({"is": "started", "frame": self.frames[self.done]})

    def _answer(self, frame, path):
        check_written(path)
        answer = {"is": "frame", "frame": frame, "path": path, "warnings": self._warnings(frame)}
        if self.previews:
            answer["preview"] = self._preview(frame)
        return answer | {"seconds": round(time.perf_counter() - self.started, 4)}

    def _warnings(self, frame):
        """What preflight could not know before it knew the frame."""
        gone = missing_inputs(self.opened, frame) if self.opened.asked.get("allowMissing") else []
        warnings = [{"code": "missing-image", "message": shortened(said)} for said in gone]
        for name, first in self.opened.simulations:
            if frame > first and not self.covers(first):
                said = (
                    f"The simulation of '{name}' is not baked and was not rendered in order from frame {first}: "
                    f"frame {frame} shows it wrongly. Bake it."
                )
                warnings.append({"code": "unbaked-simulation", "message": said})
        return warnings

    def covers(self, first):
        """Were all frames since the simulation's first one evaluated, in order, by this run?"""
        return self.frames[0] <= first

    def _preview(self, frame):
        """The frame as Blender's own 8-bit PNG: through the scene's view transform, looks and curves."""
        image = self.scene.render.image_settings
        kept = {name: getattr(image, name) for name in ("color_mode", "color_depth", "compression")}
        identifier = image.file_format
        path = self._stem(frame) + ".preview.png"
        try:
            settings.set_format(image, "PNG")
            image.color_mode, image.color_depth = "RGB", "8"
            image.compression = PREVIEW_COMPRESSION
            bpy.data.images["Render Result"].save_render(path, scene=self.scene)
        finally:
            settings.set_format(image, identifier)
            for name, value in kept.items():
                setattr(image, name, value)
        check_written(path)
        return path
