"""Every file that the scene refers to: there, readable, whole."""

import os

import bpy

import images
import sequences
from nodes import shading_trees
from problem import missing, warn


def inspect(opened, root):
    opened.sequences = sequences.find()
    asked = opened.asked
    for use in opened.sequences:
        if not use.any_exists():
            yield missing("missing-image", f"{use.title()}: none of its files is there.", asked)
    for code, title, path in references():
        reason = _wrong(path)
        if reason:
            yield missing(code, f"{title}: {reason}", asked)
        elif not _within(path, root):
            yield warn(
                "outside-scene",
                f"{title}: the file lies outside the scene's folder; on another machine it may differ or be missing.",
            )
    yield from images.inspect(asked)
    yield from _caches(asked)


def _wrong(path):
    if not os.path.exists(path):
        return "the file is missing. Put it beside the scene, or pack it into the scene."
    if not os.path.isfile(path):
        return "this is not a file."
    if not os.access(path, os.R_OK):
        return "the file may not be read."
    if os.path.getsize(path) == 0:
        return "the file is empty."
    return None


def _within(path, root):
    return os.path.commonpath([os.path.realpath(path), os.path.realpath(root)]) == os.path.realpath(root)


def absolute(block, path):
    """Linked data-blocks have paths relative to their own library."""
    return os.path.normpath(bpy.path.abspath(path, library=block.library))


def references():
    """(problem code, what refers to it, path) of every single file."""
    yield from _images()
    for library in bpy.data.libraries:
        if not library.packed_file:
            path = os.path.normpath(bpy.path.abspath(library.filepath))
            yield "missing-library", f"Library '{library.name}' ({library.filepath})", path
    for font in bpy.data.fonts:
        if font.users and font.filepath != "<builtin>" and not font.packed_file:
            yield _of("missing-font", "Font", font, font.filepath)
    for clip in bpy.data.movieclips:
        if clip.users:
            yield _of("missing-movie", "Movie clip", clip, clip.filepath)
    for cache in bpy.data.cache_files:
        if cache.users:
            yield _of("missing-cache", "Cache", cache, cache.filepath)
    for volume in bpy.data.volumes:
        if volume.users and not volume.packed_file:
            yield _of("missing-volume", "Volume", volume, volume.filepath)
    yield from _of_nodes()
    yield from _of_modifiers()
    yield from _of_strips()


def _of(code, kind, block, path):
    return code, f"{kind} '{block.name}' ({path})", absolute(block, path)


def _images():
    for image in images.used():
        if image.source in ("FILE", "MOVIE"):
            yield "missing-image", images.title(image), absolute(image, image.filepath)
        elif image.source == "TILED":
            for tile in image.tiles:
                name = image.filepath.replace("<UDIM>", str(tile.number))
                yield "missing-image", f"{images.title(image)}, tile {tile.number}", absolute(image, name)


def _of_nodes():
    for owner, tree in shading_trees():
        for node in tree.nodes:
            if node.type in ("TEX_IES", "SCRIPT") and node.mode == "EXTERNAL" and node.filepath:
                kind = "IES light" if node.type == "TEX_IES" else "OSL script"
                yield _of("missing-file", f"{kind} of", owner, node.filepath)


def _of_modifiers():
    for item in bpy.data.objects:
        for modifier in item.modifiers if item.users_scene else ():
            if modifier.type == "MESH_CACHE" and modifier.show_render:
                yield _of("missing-cache", "Mesh cache of", item, modifier.filepath)


def _of_strips():
    for scene in bpy.data.scenes:
        editor = scene.sequence_editor
        if editor is None or not scene.render.use_sequencer:
            continue
        for strip in editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all:
            title = f"Strip '{strip.name}' of scene '{scene.name}'"
            if strip.mute:
                continue
            if strip.type == "MOVIE":
                yield "missing-movie", f"{title} ({strip.filepath})", absolute(scene, strip.filepath)
            elif strip.type == "IMAGE":
                for element in strip.elements:
                    path = os.path.join(strip.directory, element.filename)
                    yield "missing-image", f"{title} ({path})", absolute(scene, path)


def _caches(asked):
    """Folders of baked simulations, which Blender would silently do without."""
    blend = os.path.splitext(os.path.basename(bpy.data.filepath))[0]
    for item in bpy.data.objects:
        for modifier in item.modifiers if item.users_scene else ():
            if modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN":
                domain = modifier.domain_settings
                folder = absolute(item, domain.cache_directory)
                if domain.has_cache_baked_data and not os.path.isdir(folder):
                    yield missing(
                        "missing-cache",
                        f"The baked fluid of '{item.name}' ({domain.cache_directory}) is missing.",
                        asked,
                    )
            cache = getattr(modifier, "point_cache", None)
            if cache is not None and cache.is_baked and cache.use_disk_cache:
                folder = absolute(item, cache.filepath if cache.use_external else f"//blendcache_{blend}")
                if not os.path.isdir(folder):
                    yield missing(
                        "missing-cache",
                        f"The baked {modifier.name} of '{item.name}' is kept on disk in {os.path.basename(folder)}, "
                        "which is missing.",
                        asked,
                    )


