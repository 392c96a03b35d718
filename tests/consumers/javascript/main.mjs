// Each line on standard input is a call of GetCallerIdentity by one long-lived client; what comes
// of it is one line on standard output: `ARN ACCESS_KEY_ID`, or `error` and the SDK's words. The
// credentials are those of the default chain, or of `fromIni` if that is the argument.
import { createInterface } from 'node:readline';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-providers';

const client = new STSClient(process.argv[2] === 'fromIni' ? { credentials: fromIni() } : {});
let keyId;
client.middlewareStack.add((next) => (args) => {
  [, keyId] = /Credential=(\w+)\//.exec(args.request.headers.authorization);
  return next(args);
}, { step: 'deserialize' });

for await (const _ of createInterface({ input: process.stdin })) {
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand());
    console.log(`${Arn} ${keyId}`);
  } catch (error) {
    console.log(`error ${error.message.split(/\s+/).join(' ')}`);
  }
}
