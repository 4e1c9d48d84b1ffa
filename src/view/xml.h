/*
 * How does a hostile name get into an XML file? As text and nothing else: what view/escape.h does
 * not let through is shown as \xNN, and then what XML itself obeys becomes a reference.
 */
#ifndef VIEW_XML_H
#define VIEW_XML_H

#include <stdio.h>

/* Write text so that it may stand in an element or in a quoted attribute's value. The file must be
 * UTF-8. Whether all of it arrived is to be asked of the stream. */
void xml_put(FILE *out, const char *text);

/* The same, cut to so many columns: an ellipsis, one of them, then stands for the rest. */
void xml_put_cut(FILE *out, const char *text, unsigned int columns);

#endif
