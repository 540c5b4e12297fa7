/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* TOML by a library that is C++; the rest of the program sees JSON. */
#include "toml.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <sstream>
#include <string>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

static char *copy(const std::string &text)
{
    return strdup(text.c_str());
}

extern "C" char *toml_to_json(const char *path, char **error)
{
    try {
        std::ostringstream out;
        out << toml::json_formatter(toml::parse_file(path));
        return copy(out.str());
    } catch (const toml::parse_error &problem) {
        std::ostringstream out;
        out << path << ":" << problem.source().begin.line << ":" << problem.source().begin.column << ": "
            << problem.description();
        *error = copy(out.str());
    } catch (const std::exception &problem) {
        *error = copy(std::string(path) + ": " + problem.what());
    }
    return nullptr;
}

static int line_at(const toml::table &root, std::string where)
{
    for (;;) {
        auto node = root.at_path(where);
        if (node)
            return static_cast<int>(node.node()->source().begin.line);
        const auto end = where.find_last_of(".[");
        if (end == std::string::npos)
            return 0;
        where.resize(end);
    }
}

extern "C" int toml_line(const char *path, const char *where)
{
    try {
        return line_at(toml::parse_file(path), where);
    } catch (const std::exception &) {
        return 0;
    }
}
