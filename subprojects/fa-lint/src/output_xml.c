/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* JUnit: each file is a suite, each finding a failed case. Checkstyle: each file, and its errors. */
#include "codes.h"
#include "output.h"
#include "select.h"
#include "text.h"

#include <libxml/xmlwriter.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const xmlChar *x(const char *text)
{
    return (const xmlChar *)text;
}

/* What is no UTF-8, or not allowed in XML, becomes a question mark. */
static char *xml_text(const char *bytes)
{
    char *copy = valid_utf8(bytes);
    for (char *next = copy; *next != 0; next++)
        if ((unsigned char)*next < ' ' && strchr("\t\n\r", *next) == NULL)
            *next = '?';
    return copy;
}

static void attribute(xmlTextWriterPtr writer, const char *name, const char *value)
{
    char *copy = xml_text(value);
    xmlTextWriterWriteAttribute(writer, x(name), x(copy));
    release(copy);
}

static void content(xmlTextWriterPtr writer, const char *text)
{
    char *copy = xml_text(text);
    xmlTextWriterWriteString(writer, x(copy));
    release(copy);
}

static void number(xmlTextWriterPtr writer, const char *name, size_t value)
{
    xmlTextWriterWriteFormatAttribute(writer, x(name), "%zu", value);
}

static size_t end_of_file(const finding_list *findings, size_t first)
{
    size_t end = first;
    while (end < findings->count && findings->items[end].at.file == findings->items[first].at.file)
        end++;
    return end;
}

static void junit_case(xmlTextWriterPtr writer, const struct finding *finding)
{
    const struct code *code = code_by_name(text_of(finding->code));
    char *name = format_text("%s line %u column %u", code->name, finding->at.line, finding->at.column);
    char *body = format_text("%s:%u:%u: %s\nhelp: %s", short_path(finding->at.file), finding->at.line,
                             finding->at.column, text_of(finding->message), code->help);
    xmlTextWriterStartElement(writer, x("testcase"));
    attribute(writer, "name", name);
    attribute(writer, "classname", short_path(finding->at.file));
    attribute(writer, "time", "0");
    xmlTextWriterStartElement(writer, x("failure"));
    attribute(writer, "message", text_of(finding->message));
    attribute(writer, "type", severity_name(finding->severity));
    content(writer, body);
    xmlTextWriterEndElement(writer);
    xmlTextWriterEndElement(writer);
    release(name);
    release(body);
}

static void suite_head(xmlTextWriterPtr writer, const char *name, size_t tests, size_t failures, size_t id)
{
    char stamp[32], host[256] = "localhost";
    time_t now = time(NULL);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime(&now));
    gethostname(host, sizeof host - 1);
    xmlTextWriterStartElement(writer, x("testsuite"));
    attribute(writer, "name", name);
    attribute(writer, "package", "fa-lint");
    number(writer, "id", id);
    attribute(writer, "timestamp", stamp);
    attribute(writer, "hostname", host);
    number(writer, "tests", tests);
    number(writer, "failures", failures);
    number(writer, "errors", 0);
    attribute(writer, "time", "0");
    xmlTextWriterStartElement(writer, x("properties"));
    xmlTextWriterStartElement(writer, x("property"));
    attribute(writer, "name", "fa-lint");
    attribute(writer, "value", FA_LINT_VERSION);
    xmlTextWriterEndElement(writer);
    xmlTextWriterEndElement(writer);
}

static void suite_tail(xmlTextWriterPtr writer)
{
    xmlTextWriterWriteElement(writer, x("system-out"), x(""));
    xmlTextWriterWriteElement(writer, x("system-err"), x(""));
    xmlTextWriterEndElement(writer);
}

static void junit_clean(xmlTextWriterPtr writer)
{
    suite_head(writer, "fa-lint", 1, 0, 0);
    xmlTextWriterStartElement(writer, x("testcase"));
    attribute(writer, "name", "no findings");
    attribute(writer, "classname", "fa-lint");
    attribute(writer, "time", "0");
    xmlTextWriterEndElement(writer);
    suite_tail(writer);
}

static void junit_body(xmlTextWriterPtr writer, const finding_list *findings)
{
    size_t id = 0;
    xmlTextWriterStartElement(writer, x("testsuites"));
    if (findings->count == 0)
        junit_clean(writer);
    for (size_t i = 0; i < findings->count;) {
        size_t end = end_of_file(findings, i);
        suite_head(writer, short_path(findings->items[i].at.file), end - i, end - i, id++);
        for (; i < end; i++)
            junit_case(writer, &findings->items[i]);
        suite_tail(writer);
    }
    xmlTextWriterEndElement(writer);
}

static void checkstyle_error(xmlTextWriterPtr writer, const struct finding *finding)
{
    char *source = format_text("fa-lint.%s", text_of(finding->code));
    xmlTextWriterStartElement(writer, x("error"));
    number(writer, "line", finding->at.line);
    number(writer, "column", finding->at.column);
    attribute(writer, "severity", finding->severity == SEVERITY_HINT ? "info" : severity_name(finding->severity));
    attribute(writer, "message", text_of(finding->message));
    attribute(writer, "source", source);
    xmlTextWriterEndElement(writer);
    release(source);
}

static void checkstyle_body(xmlTextWriterPtr writer, const finding_list *findings)
{
    xmlTextWriterStartElement(writer, x("checkstyle"));
    attribute(writer, "version", "4.3");
    for (size_t i = 0; i < findings->count;) {
        size_t end = end_of_file(findings, i);
        xmlTextWriterStartElement(writer, x("file"));
        attribute(writer, "name", short_path(findings->items[i].at.file));
        for (; i < end; i++)
            checkstyle_error(writer, &findings->items[i]);
        xmlTextWriterEndElement(writer);
    }
    xmlTextWriterEndElement(writer);
}

static bool write_document(const finding_list *findings, FILE *out,
                           void (*body)(xmlTextWriterPtr, const finding_list *))
{
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlTextWriterPtr writer = xmlNewTextWriterMemory(buffer, 0);
    if (writer == NULL)
        return false;
    xmlTextWriterSetIndent(writer, 1);
    xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
    body(writer, findings);
    xmlTextWriterEndDocument(writer);
    xmlFreeTextWriter(writer);
    bool written = fputs((const char *)xmlBufferContent(buffer), out) >= 0;
    xmlBufferFree(buffer);
    return written;
}

bool write_junit(const finding_list *findings, FILE *out)
{
    return write_document(findings, out, junit_body);
}

bool write_checkstyle(const finding_list *findings, FILE *out)
{
    return write_document(findings, out, checkstyle_body);
}
