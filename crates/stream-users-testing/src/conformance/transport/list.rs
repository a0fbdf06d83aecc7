//! The list of the rules: the one place that names them. The tests, the table, the guide's page and the proof that each
//! rule can fail are made of it or held against it.

/// Gives the whole list to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __transport_rules {
    ($emit:ident) => {
        $emit! {
            any_status_is_an_answer {
                demands: "An answer of any status is `Ok`, with its status and its body: 404, 429 and 503 as well as 200.",
                why: "What a status means is the client's to decide. A transport that makes an error of a 429 hides from \
                    it how long to wait, and of a 404 that a user does not exist.",
                mend: "Turn off the option of your HTTP stack that makes errors of statuses (`error_for_status`, \
                    `http_status_as_error`, `raise_for_status`), and whatever answers 401 or 407 by itself.",
            }
            redirects_are_not_followed {
                demands: "A redirect is an answer like any other. Nothing is sent to the place that it names.",
                why: "The request carries a token that is valid for the whole app. Whoever can answer with a redirect would \
                    be given it.",
                mend: "Set the redirect policy of your HTTP stack to none; many follow ten by default.",
            }
            bodies_come_byte_for_byte {
                demands: "The body of an answer is given back as it was sent: no JSON, no UTF-8, empty, a megabyte, in \
                    chunks of one byte, or up to the end of the connection.",
                why: "The client decodes, and files of exports are no JSON. What was changed on the way cannot be brought \
                    back.",
                mend: "Read bytes, never a string; do not look at `content-type`; read until the body's end and not only \
                    the first piece of it.",
            }
        }
    };
}
