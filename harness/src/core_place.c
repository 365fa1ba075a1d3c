// Where a parameter stands: libcyaml gives no positions of what it has read well, so libyaml reads the text once more.
#include "core_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

// The last one of that key: a first one of two is no error.
static yaml_node_t *child_by_key(yaml_document_t *document, const yaml_node_t *node, const char *key, size_t length) {
  if (node->type != YAML_MAPPING_NODE)
    return NULL;
  yaml_node_t *child = NULL;
  for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
    const yaml_node_t *name = yaml_document_get_node(document, pair->key);
    if (name->type == YAML_SCALAR_NODE && name->data.scalar.length == length &&
        memcmp(name->data.scalar.value, key, length) == 0)
      child = yaml_document_get_node(document, pair->value);
  }
  return child;
}

static yaml_node_t *child_by_index(yaml_document_t *document, const yaml_node_t *node, size_t index) {
  if (node->type != YAML_SEQUENCE_NODE)
    return NULL;
  size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
  return index < count ? yaml_document_get_node(document, node->data.sequence.items.start[index]) : NULL;
}

// The node at `path`, or NULL; in `line` that of the deepest part that is there.
static const yaml_node_t *find(yaml_document_t *document, const char *path, size_t *line) {
  const yaml_node_t *node = yaml_document_get_root_node(document);
  while (node) {
    *line = node->start_mark.line + 1;
    path += *path == '.';
    if (*path == '[') {
      node = child_by_index(document, node, strtoul(path + 1, NULL, 10));
      path += strcspn(path, "]") + 1;
    } else if (*path) {
      size_t length = strcspn(path, ".[");
      node = child_by_key(document, node, path, length);
      path += length;
    } else {
      break;
    }
  }
  return node;
}

bool tw_core_place(const char *text, size_t bytes, const char *path, tw_place *place) {
  yaml_parser_t parser;
  yaml_document_t document;
  *place = (tw_place){.line = 1};
  if (!yaml_parser_initialize(&parser))
    return false;
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
  bool found = false;
  if (yaml_parser_load(&parser, &document)) {
    const yaml_node_t *node = find(&document, path, &place->line);
    found = node != NULL;
    if (found && node->type == YAML_SCALAR_NODE)
      snprintf(place->value, sizeof place->value, "%s", (const char *)node->data.scalar.value);
    yaml_document_delete(&document);
  }
  yaml_parser_delete(&parser);
  return found;
}

// A mark has no line when the reader itself fails: then the line is that of the byte.
static size_t problem_line(const yaml_parser_t *parser, const char *text, size_t bytes) {
  if (parser->error != YAML_READER_ERROR)
    return parser->problem_mark.line + 1;
  size_t line = 1;
  for (size_t i = 0; i < bytes && i < parser->problem_offset; i++)
    line += text[i] == '\n';
  return line;
}

size_t tw_core_syntax_line(const char *text, size_t bytes, char *problem, size_t problem_size) {
  yaml_parser_t parser;
  yaml_document_t document;
  size_t line = 0;
  if (!yaml_parser_initialize(&parser))
    return line;
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
  if (yaml_parser_load(&parser, &document)) {
    yaml_document_delete(&document);
  } else {
    line = problem_line(&parser, text, bytes);
    snprintf(problem, problem_size, "%s", parser.problem ? parser.problem : "no memory");
  }
  yaml_parser_delete(&parser);
  return line;
}
