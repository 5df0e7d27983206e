/*
 * report_style - the style sheet and the script of report.html, line by line.
 *
 * Both end with a NULL.  The page is complete without the script, which only
 * lets tables be sorted.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_REPORT_STYLE_H
#define MASTER_REPORT_STYLE_H

extern const char *const report_style[];
extern const char *const report_script[];

#endif
