"""Code and side effects that a scene brings along."""

import bpy

from drivers import every_driver
from nodes import compositor_trees
from problem import refuse, warn


def inspect(_):
    yield from _freestyle_scripts()
    yield from _registered_texts()
    yield from _blocked_drivers()
    yield from _file_outputs()


def _freestyle_scripts():
    """Blender runs these even with scripts forbidden (its manual says so): the mode is always changed."""
    for scene in bpy.data.scenes:
        for layer in scene.view_layers:
            freestyle = layer.freestyle_settings
            if freestyle.mode != "SCRIPT":
                continue
            freestyle.mode = "EDITOR"
            used = [module.script.name for module in freestyle.modules if module.use and module.script]
            if scene.render.use_freestyle and used:
                yield refuse(
                    "freestyle-script",
                    f"View layer '{layer.name}' draws Freestyle lines with Python ({', '.join(used)}), which is never "
                    "run here: set the Freestyle mode to Parameter Editor.",
                )


def _registered_texts():
    for text in bpy.data.texts:
        if text.use_module:
            yield warn(
                "script-blocked",
                f"Text '{text.name}' wants to run when the scene opens; scripts of a scene are never run here. "
                "If it changes the picture, bake what it does.",
            )


def _blocked_drivers():
    """Opening the scene evaluated them; one that was not allowed to run left its property at 0."""
    for owner, driver in every_driver():
        if driver.is_valid:
            continue
        if driver.type == "SCRIPTED" and not driver.is_simple_expression:
            yield refuse(
                "driver-blocked",
                f"A driver of '{owner.name}' needs Python that is not allowed here: {driver.expression!r}. "
                "Use a simple expression (numbers, variables, sin, min, …), or bake it to keyframes.",
            )
        else:
            yield warn(
                "driver-invalid", f"A driver of '{owner.name}' does not work: {driver.expression!r}."
            )


def _file_outputs():
    """Removed, as they may write anywhere; in the sandbox what they write would be lost anyway."""
    for owner, tree in compositor_trees():
        for node in [node for node in tree.nodes if node.type == "OUTPUT_FILE"]:
            # Blender 5.0 renamed the folder.
            folder = getattr(node, "base_path", None) or getattr(node, "directory", "")
            yield warn(
                "file-output-node",
                f"File Output node '{node.name}' of '{owner.name}' ({folder}) is not rendered: "
                "only the frame itself is delivered.",
            )
            tree.nodes.remove(node)
