using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Node;
using P2P.Samples.BuildReceipts;

// Three runners of one LAN build the same source and write receipts. One lies. Everybody ends with one state, and can say who lied.
string network = args.Length > 0 ? args[0] : $"builds-{Environment.ProcessId}";
using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60), P2P.Core.Runtime.SystemTime.Provider);

ProgramBuilder builder = new();
builder.Output("binary", builder.Add("hash", builder.Add("concat", ProgramSource.OfSlot("source"), builder.Const("-O2"u8))));
byte[] program = builder.Build().Encode();
byte[] code = "int main(void) { return 0; }"u8.ToArray();

Runner first;
try
{
    first = await Runner.StartAsync(network, "alder", lies: false);
}
catch (P2PException refused) // no name for a network, say
{
    Console.Error.WriteLine(refused.Line);
    return refused.ExitCode;
}

await using Runner alder = first;
await using Runner birch = await Runner.StartAsync(network, "birch", lies: false);
await using Runner cedar = await Runner.StartAsync(network, "cedar", lies: true);
Runner[] runners = [alder, birch, cedar];

await alder.PublishAsync(program);
await alder.PublishAsync(code);
foreach (Runner runner in runners)
{
    await runner.WaitForAsync(2, patience.Token);
    await runner.BuildAsync(program, code);
}

HashSet<EventDigest> states = [];
bool named = true;
foreach (Runner runner in runners)
{
    await runner.WaitForAsync(5, patience.Token);
    (EventDigest state, string[] liars) = await runner.ReplayAsync();
    states.Add(state);
    named &= liars.Length == 1 && liars[0] == cedar.Author;
    string who = string.Join(", ", liars.Select(author => runners.FirstOrDefault(r => r.Author == author)?.Name ?? author));
    Console.WriteLine($"{runner.Name}: state {state} liar {who}");
}

return states.Count == 1 && named ? 0 : 1;
