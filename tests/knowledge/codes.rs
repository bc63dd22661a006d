//! The code lists of the products and providers, number by number: what each stands for, that none
//! is read inside a longer one, and that those which mean nothing never alarm.

use std::collections::BTreeMap;

use super::told::{Told, scan};
use crate::support::{Env, Row, execution_log, guid};

/// One job for each text.
fn told(texts: &[String]) -> Told {
    let rows: Vec<Row> =
        texts.iter().zip(1..).map(|(text, job)| Row::error(job, job as u32 * 5, text)).collect();
    let env = Env::new();
    env.write("night/2026-03-14_Execution.log", execution_log(&rows));
    scan(&env, &["night"])
}

/// Signature and category of the incident of each job that has one.
fn by_job(told: &Told) -> BTreeMap<String, (String, String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    told.occurrences
        .iter()
        .map(|occurrence| {
            let incident = &occurrence.incident;
            let read = (
                occurrence.signature.clone(),
                text(&incident["category"]),
                text(&incident["cause"]["code"]),
            );
            (occurrence.job.clone().unwrap(), read)
        })
        .collect()
}

const AADSTS: &[(&str, &[u32])] = &[
    (
        "auth-credentials",
        &[
            50126, 50056, 50064, 50055, 50144, 70002, 7000215, 7000218, 7000222, 700027, 50012,
            50013, 500133, 700016, 700011, 70001, 7000112, 90002, 50011, 500113, 900971, 9002313,
            50194,
        ],
    ),
    (
        "auth-consent",
        &[
            65001, 65004, 65005, 650052, 650054, 650056, 650057, 70011, 28002, 28003, 90008, 90094,
            90095, 90099, 500011, 9002341,
        ],
    ),
    (
        "auth-expired",
        &[
            70000, 70008, 700082, 700084, 70043, 50173, 50132, 50133, 50078, 50089, 54005, 50139,
            700005, 50058, 50059,
        ],
    ),
    (
        "identity-mismatch",
        &[
            16000, 16001, 16003, 50020, 500208, 50014, 50034, 51004, 50105, 81012, 90072, 50143,
            50177,
        ],
    ),
    (
        "auth-policy",
        &[
            50076, 50079, 50072, 50074, 53000, 53001, 53002, 53003, 53004, 53010, 53011, 530032,
            530034, 530035, 50005, 50097, 50131, 50158, 50053, 50057, 500021, 500022, 500212,
            500213, 50002, 1000031, 50135,
        ],
    ),
    (
        "provider-outage",
        &[50033, 50087, 90006, 90012, 90024, 90033, 90055, 90090, 90091, 80001, 80002],
    ),
];

/// Neither known nor the beginning of one that is.
const UNLISTED: &[u32] = &[50021, 500201, 5002080, 7000820, 99999999];

#[test]
fn entra_numbers_are_read_whole() {
    let listed = AADSTS
        .iter()
        .flat_map(|(category, all)| all.iter().map(move |number| (*number, *category)));
    let unlisted = UNLISTED.iter().map(|number| (*number, "auth-credentials"));
    let numbers: Vec<(u32, &str)> = listed.chain(unlisted).collect();
    let sentence = |(number, _): &(u32, &str)| {
        format!("Send Mail: A configuration error AADSTS{number} occurred in the activity.")
    };
    let inside = |(number, _): &(u32, &str)| {
        format!(
            "Sync: Request failed with error: \r\nProviderMessage : error - invalid_grant, \
             error_description - AADSTS{number}: refused. Trace ID: \
             7f000000-0000-4000-8000-0000000{number:05}\r\nProviderErrorCode : 401\r\nRequestId : \
             66aa0b1c2d3e4f5061728394\r\nMessage : Unauthorized\r\n\r\nStatus code: Unauthorized. \
             Error code: DAP-RT-1101."
        )
    };
    for texts in [
        numbers.iter().map(sentence).collect::<Vec<_>>(),
        numbers.iter().map(inside).collect::<Vec<_>>(),
    ] {
        let told = by_job(&told(&texts));
        for ((number, category), job) in numbers.iter().zip(1..) {
            let (_, read, cause) = &told[&guid(0x10b, job)];
            // An OAuth word says more than a number that nobody knows.
            let known = !UNLISTED.contains(number) || texts[0].contains("configuration error");
            let (category, code) = match known {
                true => (*category, format!("AADSTS{number}")),
                false => ("auth-expired", "invalid_grant".to_string()),
            };
            assert_eq!((read.as_str(), cause), (category, &code), "{number}");
        }
    }
    let pending: Vec<String> =
        [70016, 50140, 50199, 900561].iter().map(|number| sentence(&(*number, ""))).collect();
    let pending = told(&pending);
    assert!(pending.occurrences.is_empty());
    assert_eq!(pending.report["unmatched"].as_array().map(Vec::len), Some(0));
}

/// Numbers without a session mean that somebody should have been asked, if the job asks people.
#[test]
fn a_missing_session_is_a_policy_where_a_job_asks_a_person() {
    let text = "Send Mail: A configuration error AADSTS50058 occurred in the activity. \
                Authentication type: InteractiveToken";
    let told = by_job(&told(&[text.to_string()]));
    assert_eq!(told[&guid(0x10b, 1)].1, "auth-policy");
}

/// Code, what its message says, signature; none for what never alarms.
const CODES: &[(&str, &str, &str)] = &[
    ("DAP-GE-3000", "no detail", "conn-resolve-unknown"),
    ("DAP-GE-3001", "", "is-activity-corrupt"),
    ("DAP-GE-3004", "", "platform-token-failed"),
    ("DAP-GE-3005", "", "conn-disabled"),
    ("DAP-RT-1000", "", "is-activity-corrupt"),
    ("DAP-RT-1001", "", "is-activity-corrupt"),
    ("DAP-RT-1002", "", "conn-not-bound"),
    ("DAP-RT-1003", "", "=is-input-missing"),
    ("DAP-RT-1004", "", "is-activity-corrupt"),
    ("DAP-RT-1005", "", "is-activity-corrupt"),
    ("DAP-RT-1007", "", "=is-input-missing"),
    ("DAP-RT-1008", "", "is-activity-corrupt"),
    ("DAP-RT-1050", "", "trigger-payload"),
    ("DAP-RT-1051", "", "trigger-eval-failed"),
    ("DAP-RT-1052", "", ""),
    ("DAP-RT-1053", "", "trigger-config"),
    ("DAP-RT-1100", "", "is-activity-corrupt"),
    ("DAP-RT-1101", "", "=provider-unknown"),
    ("DAP-RT-1103", "", "is-endpoint-unreachable"),
    ("DAP-RT-1155", "", "is-activity-corrupt"),
    ("DAP-RT-1156", "", "is-activity-corrupt"),
    ("DAP-DT-2000", "", ""),
    ("DAP-DT-2349", "", ""),
    ("CNS1000", "", "conn-not-found"),
    ("CNS1001", "Connector [acme-crm] is invalid", "connector-unavailable"),
    ("CNS1001", "The trigger is not valid", "trigger-request-refused"),
    ("CNS1002", "", "connector-unavailable"),
    ("CNS1003", "", "conn-session-expired"),
    ("CNS1004", "", "connector-unavailable"),
    ("CNS1005", "", "=event-callback"),
    ("CNS1006", "", "conn-not-found"),
    ("CNS1007", "", "conn-name-or-key-conflict"),
    ("CNS1008", "", "conn-not-authorized-state"),
    ("CNS1014", "", "trigger-delete-blocked"),
    ("CNS1015", "", "=event-callback"),
    ("CNS1016", "", "=event-callback"),
    ("CNS1017", "", "=event-callback"),
    ("CNS1018", "", "=event-callback"),
    ("CNS1019", "", "=event-callback"),
    ("CNS1020", "", "trigger-invalid"),
    ("CNS1021", "", "conn-auth-type"),
    ("CNS1024", "", "=event-callback"),
    ("CNS1025", "In S2S context, the folder key is required", "conn-scope-denied"),
    ("CNS1025", "Trigger request is malformed", "trigger-request-refused"),
    ("CNS1029", "", "=event-callback"),
    ("CNS1036", "", "is-dependency"),
    ("CNS1038", "", "conn-name-or-key-conflict"),
    ("CNS1039", "", "trigger-poll-interval"),
    ("CNS1042", "", "provider-vendor-error"),
    ("CNS1043", "", "conn-scope-denied"),
    ("CNS1044", "Missing scope", "conn-scope-denied"),
    ("CNS1045", "No permission on the folder", "conn-view-denied"),
    ("CNS1046", "", "conn-scope-denied"),
    ("CNS1047", "External application authentication is not supported", "conn-scope-denied"),
    ("CNS1049", "Connection is in a personal workspace", "conn-personal-workspace"),
    ("CNS1049", "Connection not found", "conn-not-found"),
    ("CNS1050", "Package is corrupt", "=solution-install"),
    ("CNS1050", "Event mode is not supported", "trigger-request-refused"),
    ("CNS1055", "", "=solution-install"),
    ("CNS1056", "", "=solution-install"),
    ("CNS1057", "", "=solution-install"),
    ("CNS1058", "", "=solution-install"),
    ("CNS1059", "", "=solution-install"),
    ("CNS1060", "", "=solution-install"),
    ("CNS1061", "", "trigger-conn-dead"),
    ("CNS1063", "", "=solution-install"),
    ("CNS1064", "", "=solution-install"),
    ("CNS1065", "", "=solution-install"),
    ("CNS1066", "", "=solution-install"),
    ("CNS1067", "", "=solution-install"),
    ("CNS1068", "", "solution-conn-shell"),
    ("CNS1069", "", "solution-conn-shell"),
    ("CNS1070", "", "=solution-install"),
    ("CNS1071", "", ""),
    ("CNS1072", "", "solution-conn-shell"),
    ("CNS1074", "", "=solution-install"),
    ("CNS1075", "", "connector-unavailable"),
    ("CNS1101", "", "provider-vendor-error"),
    ("CNS2000", "", "=event-callback"),
    ("CNS2001", "", "is-dependency"),
    ("CNS2003", "", "is-dependency"),
    ("CNS2004", "", "trigger-config-corrupt"),
    ("CNS2005", "", "is-dependency"),
    ("CNS2006", "", "is-dependency"),
    ("CNS2007", "", "is-dependency"),
    ("CNS2008", "", "is-dependency"),
    ("CNS2009", "", "is-dependency"),
    ("CNS2010", "", "is-dependency"),
    ("CNS2011", "", "=event-callback"),
    ("CNS2012", "", "is-dependency"),
    ("CNS2030", "", ""),
    ("CNS2037", "", ""),
    ("CNS2044", "", ""),
    ("CNS2045", "", "connector-unavailable"),
    ("CNS2046", "", ""),
    ("CNS3001", "", "conn-governance-blocked"),
    ("CNS3002", "", "conn-name-or-key-conflict"),
];

/// As the activity packages and the service's client write it. `=` marks what is listed apart.
#[test]
fn every_code_of_the_services_has_its_signature() {
    let text = |(code, reason, _): &(&str, &str, &str)| match code.starts_with("DAP") {
        true => format!("Step: It failed, {reason}. Error code: {code}."),
        false => format!(
            "Connection Service error reported: [StatusCode: BadRequest, ErrorCode: \"{code}\", \
             ErrorReason: \"{reason}\", TraceId: \"0123456789abcdef0123456789abcdef\"]"
        ),
    };
    let texts: Vec<String> = CODES.iter().map(text).collect();
    let told = told(&texts);
    let read = by_job(&told);
    let mut apart: BTreeMap<&str, u64> = BTreeMap::new();
    for ((code, reason, wanted), job) in CODES.iter().zip(1..) {
        let signature = read.get(&guid(0x10b, job)).map(|(id, ..)| id.as_str());
        match wanted.strip_prefix('=') {
            Some(id) => {
                *apart.entry(id).or_default() += 1;
                assert_eq!(signature, None, "{code} {reason}");
            }
            None => assert_eq!(signature.unwrap_or_default(), *wanted, "{code} {reason}"),
        }
    }
    let got: BTreeMap<&str, u64> =
        told.neighbours.iter().map(|((_, id), jobs)| (id.as_str(), *jobs)).collect();
    assert_eq!(got, apart);
    assert_eq!(told.report["unmatched"].as_array().map(Vec::len), Some(0));
}

/// What providers answer, by what it makes of a failed call.
const PROVIDERS: &[(&str, &[&str])] = &[
    (
        "auth-expired",
        &[
            "error - invalid_grant, error_description - Token has been expired or revoked.",
            "error - invalid_token",
            "error - unauthorized",
            "errorCode - INVALID_SESSION_ID, message - Session expired or invalid",
            "{\"ok\":false,\"error\":\"token_revoked\"}",
            "{\"ok\":false,\"error\":\"token_expired\"}",
            "{\"ok\":false,\"error\":\"invalid_auth\"}",
            "{\"ok\":false,\"error\":\"not_authed\"}",
            "{\"ok\":false,\"error\":\"account_inactive\"}",
            "errorCode - E0000005, errorSummary - Invalid session",
            "Okta: E0000011 Invalid token provided",
            "category - EXPIRED_AUTHENTICATION",
            "message - The OAuth token used to make this call expired 3 hours ago",
            "error_summary - expired_access_token/..",
            "error_summary - invalid_access_token/..",
            "code - InvalidAuthenticationToken, message - Access token has expired",
            "Snowflake: 390114 the token has expired",
            "Snowflake: 390318 the OAuth token expired",
            "reason - authError",
        ],
    ),
    (
        "auth-credentials",
        &[
            "error - invalid_client",
            "error - unauthorized_client",
            "error - invalid_request",
            "error - unsupported_grant_type",
            "error - redirect_uri_mismatch",
            "error - invalid_grant, error_description - authentication failure",
            "error - invalid_grant, error_description - Audience validation failed",
            "errorCode - INVALID_LOGIN",
            "errorCode - LOGIN_ERROR_INVALID_PASSWORD",
            "error - {message=User Not Authenticated, detail=Required to provide Auth information}",
            "errorCode - E0000004, errorSummary - Authentication failed",
            "Client must be authenticated to access this resource.",
            "reason - AUTHENTICATED_FAILED",
            "category - INVALID_AUTHENTICATION",
            "status - BAD_REFRESH_TOKEN",
            "status - BAD_AUTH_CODE",
            "message - Bad credentials",
            "Snowflake: 390100 Incorrect username or password was specified.",
            "Snowflake: 390144 JWT token is invalid.",
        ],
    ),
    (
        "auth-consent",
        &[
            "error - invalid_scope",
            "error - insufficient_scope",
            "error - consent_required",
            "error - access_denied",
            "error - unauthorized_client, error_description - Client is unauthorized to retrieve access tokens using this method",
            "Google: error - unauthorized_client",
            "errorCode - API_DISABLED_FOR_ORG",
            "errorCode - API_CURRENTLY_DISABLED",
            "errorCode - INSUFFICIENT_ACCESS",
            "{\"ok\":false,\"error\":\"missing_scope\"}",
            "{\"ok\":false,\"error\":\"no_permission\"}",
            "message - User Not Authorized, detail - Failed API level ACL Validation",
            "detail - ACL Exception Insert Failed due to security constraints",
            "{\"code\":401,\"message\":\"Unauthorized; scope does not match\"}",
            "category - MISSING_SCOPES",
            "code - access_denied_insufficient_permissions",
            "code - Authorization_RequestDenied",
            "code - ErrorAccessDenied",
            "reason - insufficientFilePermissions",
        ],
    ),
    (
        "auth-policy",
        &[
            "error - interaction_required",
            "error - login_required",
            "error - invalid_grant, error_description - inactive user",
            "error - admin_policy_enforced",
            "error - org_internal",
            "error - disallowed_useragent",
            "reason - domainPolicy",
            "errorCode - LOGIN_DURING_RESTRICTED_TIME",
            "Slack: error - access_denied",
            "{\"ok\":false,\"error\":\"team_access_not_granted\"}",
            "error_summary - user_suspended/..",
            "message - Resource protected by organization SAML enforcement.",
        ],
    ),
    (
        "ip-allowlist",
        &[
            "error - invalid_grant, error_description - ip restricted",
            "faultcode - LOGIN_MUST_USE_SECURITY_TOKEN",
            "code - LocationConditionEvaluationSatisfied",
        ],
    ),
    (
        "rate-limit",
        &[
            "errorCode - REQUEST_LIMIT_EXCEEDED",
            "{\"ok\":false,\"error\":\"ratelimited\"}",
            "errorCode - E0000047, errorSummary - too many requests",
            "errorType - RATE_LIMITS",
            "code - activityLimitReached",
            "reason - rateLimitExceeded",
            "reason - userRateLimitExceeded",
            "reason - dailyLimitExceeded",
        ],
    ),
    (
        // Possibly the wrong account.
        "identity-mismatch",
        &[
            "error - invalid_grant, error_description - user hasn't approved this consumer",
            "errorCode - E0000006, errorSummary - no permission",
        ],
    ),
    ("provider-outage", &["error - temporarily_unavailable", "error - server_error"]),
    (
        "provider-request",
        &[
            "{\"ok\":false,\"error\":\"channel_not_found\"}",
            "{\"ok\":false,\"error\":\"not_in_channel\"}",
            "{\"ok\":false,\"error\":\"users_not_found\"}",
            "{\"ok\":false,\"error\":\"invalid_arguments\"}",
            "errorCode - E0000007, errorSummary - not found",
            "errorCode - E0000022, errorSummary - the endpoint does not support the method",
            "errorMessages - [Issue does not exist or you do not have permission to see it.]",
            "code - itemNotFound",
            "code - ErrorItemNotFound",
        ],
    ),
];

/// The provider's own words win over a status that says something else.
#[test]
fn what_providers_answer_decides_the_category() {
    let words: Vec<(&str, &str)> = PROVIDERS
        .iter()
        .flat_map(|(category, all)| all.iter().map(move |words| (*words, *category)))
        .collect();
    let texts: Vec<String> = words
        .iter()
        .map(|(words, _)| {
            format!(
                "Step: Request failed with error: \r\nProviderMessage : {words}\r\n\
                 ProviderErrorCode : 418\r\nRequestId : 66aa0b1c2d3e4f5061728394\r\n\
                 Message : I am a teapot\r\n\r\nStatus code: 418. Error code: DAP-RT-1101."
            )
        })
        .collect();
    let told = told(&texts);
    let read = by_job(&told);
    for ((words, category), job) in words.iter().zip(1..) {
        let incident = read.get(&guid(0x10b, job)).map(|(_, category, _)| category.as_str());
        let wanted = (*category != "provider-request").then_some(*category);
        assert_eq!(incident, wanted, "{words}");
    }
}
