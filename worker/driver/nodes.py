"""Node trees, wherever they hide."""

import bpy


def compositor_tree(scene):
    """Blender 5.0 made the scene's compositor tree an ordinary node group."""
    if hasattr(scene, "compositing_node_group"):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def shading_trees():
    """Trees that shade something, each with the data-block it belongs to; groups once, as themselves."""
    for blocks in (bpy.data.materials, bpy.data.worlds, bpy.data.lights, bpy.data.linestyles):
        for block in blocks:
            if block.users and block.use_nodes and block.node_tree:
                yield block, block.node_tree
    for group in bpy.data.node_groups:
        if group.users and group.bl_idname != "CompositorNodeTree":
            yield group, group


def compositor_trees():
    """The compositor of every scene, and every group it may be made of."""
    for scene in bpy.data.scenes:
        tree = compositor_tree(scene)
        if tree is not None:
            yield scene, tree
    for group in bpy.data.node_groups:
        if group.users and group.bl_idname == "CompositorNodeTree":
            yield group, group
