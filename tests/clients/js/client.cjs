// Asks STS who it is, with the credentials of a profile, and prints the answer's ARN.
//
//     node client.cjs chain|ini PROFILE ENDPOINT
//
// `chain`: wherever the SDK finds them by itself; `ini`: from the two files and nowhere else.
"use strict";

const { GetCallerIdentityCommand, STSClient } = require("@aws-sdk/client-sts");
const { fromIni } = require("@aws-sdk/credential-providers");

const [from, profile, endpoint] = process.argv.slice(2);
const credentials = from === "ini" ? fromIni({ profile }) : undefined;
const client = new STSClient({ profile, endpoint, credentials });

client.send(new GetCallerIdentityCommand({})).then(
  (answer) => console.log(answer.Arn),
  (error) => {
    console.error(String(error));
    process.exitCode = 1;
  },
);
