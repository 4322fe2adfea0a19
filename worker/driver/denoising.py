"""Denoising that the scene asks for and this Blender cannot do."""

import capabilities
from nodes import compositor_trees
from problem import refuse

FIX = "Switch it off in the scene, or render with a Blender that has OpenImageDenoise (the official builds do)."


def inspect(opened):
    have = capabilities.denoisers()
    scene = opened.scene
    if scene.render.engine == "CYCLES" and scene.cycles.use_denoising:
        layers = [layer.name for layer in scene.view_layers if layer.use and layer.cycles.use_denoising]
        # Empty when this Blender knows none of the denoisers that the scene could name.
        wanted = scene.cycles.denoiser or "OPENIMAGEDENOISE"
        if layers and wanted not in have:
            yield refuse("denoiser-missing", f"The scene denoises with {wanted}, which is not here. {FIX}")
    if "OPENIMAGEDENOISE" in have:
        return
    # Blender passes the noisy picture through without a word.
    for owner, tree in compositor_trees():
        for node in tree.nodes:
            if node.type == "DENOISE" and not node.mute:
                yield refuse(
                    "denoiser-missing",
                    f"Compositor node '{node.name}' of '{owner.name}' denoises, which this Blender cannot. {FIX}",
                )
