/*
 * extract_tree - a page as libxml2's tree, within bounds.
 *
 * No network, no entities but characters, no more than so many nodes and so
 * deep: what lies deeper is found as children of the deepest.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXTRACT_TREE_H
#define WORKER_EXTRACT_TREE_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "common/str.h"

enum {
    EXTRACT_DEPTH_MAX = 250,   /* libxml2 itself ends a page at 256 */
    EXTRACT_NODES_MAX = 400000 /* elements and attributes; 100 MB at most */
};

/*
 * html is UTF-8, as extract_html_write() writes it.  NULL: no memory, or
 * nothing in it.  *is_cut: there were more nodes.  *nodes: how many there are.
 * Ended by xmlFreeDoc().
 */
xmlDocPtr extract_tree_parse(struct str html, size_t *nodes, bool *is_cut);

#endif
