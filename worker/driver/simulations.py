"""Simulations without a bake: frames depend on the frames before, or are never simulated at all."""

import bpy

from problem import refuse, warn

FIX = "Bake it and save the scene."


def inspect(opened):
    for scene in bpy.data.scenes:
        world = scene.rigidbody_world
        bodies = world and world.enabled and world.collection and len(world.collection.objects)
        if bodies and not world.point_cache.is_baked:
            yield refuse(
                "unbaked-simulation",
                f"The rigid bodies of scene '{scene.name}' are not baked: Blender does not simulate them when it "
                f"renders without a window. {FIX}",
            )
    for item in bpy.data.objects:
        if not item.users_scene:
            continue
        for modifier in item.modifiers:
            if modifier.show_render:
                yield from _modifier(opened, item, modifier)


def _modifier(opened, item, modifier):
    kind = modifier.type
    if kind in ("CLOTH", "SOFT_BODY"):
        if not modifier.point_cache.is_baked:
            yield _in_order(opened, item, kind, modifier.point_cache.frame_start)
    elif kind == "DYNAMIC_PAINT":
        canvas = modifier.canvas_settings
        for surface in canvas.canvas_surfaces if canvas else ():
            if surface.is_active and not surface.point_cache.is_baked:
                yield _in_order(opened, item, kind, surface.frame_start)
    elif kind == "FLUID" and modifier.fluid_type == "DOMAIN":
        domain = modifier.domain_settings
        # Type Replay bakes while playing, and forgets.
        if not domain.has_cache_baked_data:
            yield refuse("unbaked-simulation", f"The fluid of '{item.name}' is not baked. {FIX}")
    elif kind == "NODES" and modifier.node_group and _simulates(modifier.node_group, set()):
        # Blender does not say whether such a simulation is baked.
        yield warn(
            "unbaked-simulation",
            f"Geometry nodes of '{item.name}' simulate: unless they are baked, frames are right only when one "
            f"worker renders all of them in order. {FIX}",
        )


def _simulates(tree, seen):
    if tree in seen:
        return False
    seen.add(tree)
    groups = (node.node_tree for node in tree.nodes if node.type == "GROUP" and node.node_tree)
    return any(node.bl_idname == "GeometryNodeSimulationOutput" for node in tree.nodes) or any(
        _simulates(group, seen) for group in groups
    )


def _in_order(opened, item, kind, first):
    """Right only in one go from its first frame: each frame that is not gets a warning of its own."""
    opened.simulations.append((item.name, first))
    return warn(
        "unbaked-simulation",
        f"The {kind.lower().replace('_', ' ')} of '{item.name}' is not baked: frames are right only when "
        f"one worker renders all of them in order from frame {first}. {FIX}",
    )
