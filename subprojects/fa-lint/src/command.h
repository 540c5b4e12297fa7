/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Commands of compilers: their words, and which of them the parser needs. */
#ifndef FA_LINT_COMMAND_H
#define FA_LINT_COMMAND_H

#include "config.h"

/* Words as a shell makes them, with nothing put in their place. */
void split_command(text_list *words, const char *command);
/* Puts what the file holds in the place of each @file. */
void expand_responses(text_list *words, const char *directory);
/* Outputs, dependencies, warnings and machine code concern others. */
void keep_for_parser(text_list *arguments, const char *const *words, size_t count);
void free_words(text_list *words);

#endif
