"""The evaluation report: what a judged run says, in two languages, as a PDF."""
