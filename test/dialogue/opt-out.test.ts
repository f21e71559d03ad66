// Who does not want to be called again is understood, and who only says no or asks for another time is not.
import { describe, expect, it } from 'vitest';
import { isOptOut } from '../../src/dialogue/opt-out.ts';

const OPT_OUTS = `
Stop calling me.
Please stop calling me.
Stop calling.
Stop calling this number.
Would you please stop calling here?
I said stop calling me!
Quit calling me.
Quit calling my phone.
Don't call me again.
Do not call me again.
Don't call me anymore.
Please don't call me any more.
Dont call this number again.
Never call me again.
Never call this number.
Don't ever call me again.
Don't ever call here again.
Don't phone me again.
Stop phoning me.
Stop ringing me.
Stop bothering me.
Do not contact me again.
Please do not contact us.
Stop contacting me.
Take me off your list.
Take me off the list.
Please take me off your calling list.
Could you take my number off your list?
Take us off your list, please.
Get me off this list.
Take me off.
Can you take me off?
Remove me from your list.
Remove my number.
Please remove my number from your database.
Remove me from the system.
Remove us from your call list.
Delete my number.
Delete me from your records.
I want to be removed from your list.
I'd like to be taken off your list.
Put me on your do not call list.
Put me on the do-not-call list.
I am on the do not call registry.
Unsubscribe.
Unsubscribe me.
I want to opt out.
Opt out.
Opt me out, please.
I'm opting out.
Lose my number.
Forget this number.
Leave me alone.
Stop harassing me.
I don't want any more calls.
I do not want any calls.
I don't want you to call me.
I don't want you calling me.
I do not want to receive these calls.
I don't wanna get these calls.
No more calls.
No more calls, please.
Stop these calls.
Stop all these calls.
Stop the calls.
End these calls.
Do not call.
Don't call, please.
I withdraw my consent.
I revoke consent.
I'm busy. Don't call me again.
Yes, hello, stop calling me, thank you.
How did you get this number? Take me off your list.
I want you to stop calling me.
Stop making calls.
Please start calling me.
`;

const OTHERS = `
Stop.
No.
No, thank you.
Stop it.
Wait, stop.
Hold on.
Not now.
I'm busy.
I can't talk right now.
Call me back.
Call me tomorrow.
Can you call me again tomorrow?
Please call me later.
Call again next week.
Don't call me back today.
Don't call me before noon.
Don't call me at work.
Do not call so early.
Don't call after nine.
Please do not call until Monday.
Don't call a taxi.
Do not call the office.
Don't call the police.
Who is calling?
Why are you calling me?
Are you calling about my appointment?
Thanks for calling.
Thank you for calling me.
I was going to call you.
I missed your call.
Don't worry.
I don't want to come.
I don't want that appointment.
I do not want to move it.
Cancel my appointment.
Please cancel it.
Remove the appointment.
Take it off the calendar.
I will be off on Friday.
Take the afternoon off.
I have the day off.
Take Monday.
Put me down for Tuesday.
My name is Anna.
My number is five five five.
Wrong number.
You have the wrong number.
That is not my number.
List the times again.
What is on the list?
Put me on the list.
The list is long.
Delete that.
Forget it.
Leave a message.
I leave at nine.
No more than two.
No more questions.
That's all, no more.
I do not know.
I never got a call.
You never called me.
Nobody called me.
I stopped by yesterday.
Stop at the second floor.
The bus stops here.
Is there an option for the morning?
What are my options?
I consent.
Contact my wife.
You can contact me by mail.
Ring the bell.
It never rings.
Call it off.
If you call me again I will be home.
Please start calling me at noon.
`;

const lines = (text: string): readonly string[] => text.trim().split('\n');

describe('an opt-out', () => {
  it.each(lines(OPT_OUTS))('is understood: %s', (text) => {
    expect(isOptOut(text)).toBe(true);
  });

  it.each(lines(OTHERS))('is not: %s', (text) => {
    expect(isOptOut(text)).toBe(false);
  });

  it('has been tried on enough sentences', () => {
    expect(lines(OPT_OUTS).length).toBeGreaterThanOrEqual(60);
    expect(lines(OTHERS).length).toBeGreaterThanOrEqual(60);
  });
});
