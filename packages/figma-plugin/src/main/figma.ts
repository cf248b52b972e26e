/**
 * The part of Figma's plugin API that the main half uses, from Figma's own typings. It is handed around as an argument, so
 * that nothing here depends on a global and a simulator can stand in for it.
 */
import type {
  BaseNode,
  ChildrenMixin,
  PluginAPI,
  UIAPI,
} from '@figma/plugin-typings/plugin-api-standalone.d.ts';

export type {
  BaseNode,
  ComponentNode,
  EllipseNode,
  FrameNode,
  GroupNode,
  InstanceNode,
  LineNode,
  NodeChangeEvent,
  PageNode,
  Paint,
  ParameterInputEvent,
  RectangleNode,
  RGB,
  SceneNode,
  Transform,
} from '@figma/plugin-typings/plugin-api-standalone.d.ts';

/** What drawing a skeleton needs of the API. */
export type Drawing = Pick<PluginAPI, 'createEllipse' | 'createLine' | 'group'>;

/** What placing needs. */
export type Placing = Drawing &
  Pick<PluginAPI, 'createFrame' | 'createImage' | 'createRectangle' | 'commitUndo' | 'viewport'>;

/** All that the main half needs. */
export type Figma = Placing &
  Pick<
    PluginAPI,
    | 'apiVersion'
    | 'clientStorage'
    | 'currentPage'
    | 'editorType'
    | 'getNodeByIdAsync'
    | 'notify'
    | 'on'
    | 'off'
    | 'openExternal'
    | 'setCurrentPageAsync'
  > & { readonly ui: Pick<UIAPI, 'postMessage' | 'on' | 'off'> };

/** A node that holds others: a frame, a page, a group, a component. */
export type Container = BaseNode & ChildrenMixin;
