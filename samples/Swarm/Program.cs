using P2P.Core.Runtime;
using P2P.Transport.Memory;
using Swarm;

// Fifty whole nodes in one process, joined by memory instead of sockets. Each knows at most three others at its start.
if (args.Length > 0)
{
    Console.Error.WriteLine("Swarm takes no arguments.");
    return 2;
}

const int Nodes = 50;
const int Lines = 20;
using CancellationTokenSource patience = new(TimeSpan.FromMinutes(6), SystemTime.Provider);
DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-swarm-");
MemoryNetwork memory = new();
List<Member> swarm = [];
for (int i = 0; i < Nodes; i++)
{
    int[] known = i == 0 ? [] : [.. new[] { i - 1, i / 2, i / 3 }.Distinct()];
    Member member = new(memory, folder.FullName, i, [.. known.Select(k => swarm[k].Address)]);
    await member.StartAsync(patience.Token);
    swarm.Add(member);
}

int length = 0;
await WriteAsync();
await EverybodyAsync(swarm);
Console.WriteLine($"all {Nodes} nodes read the first {Lines} lines: same heads {SameHeads()}");

Member[] away = [.. swarm.Where(static (_, i) => i % 3 == 2)];
await Task.WhenAll(away.Select(static m => m.DisposeAsync().AsTask()));
await WriteAsync();
await EverybodyAsync(swarm.Except(away));
Console.WriteLine($"{away.Length} nodes stopped; the others read {Lines} more: same heads {SameHeads()}");

await Task.WhenAll(away.Select(m => m.StartAsync(patience.Token)));
await EverybodyAsync(swarm);
Console.WriteLine($"started again, they have read what they missed: same heads {SameHeads()}");

bool[] found = await Task.WhenAll(swarm.Select((m, i) => m.FindAsync(swarm[(i + (Nodes / 2)) % Nodes].Offer, patience.Token)));
int lookups = found.Count(static f => f);
bool isWell = SameHeads() == Nodes && lookups == Nodes;
Console.WriteLine($"{(isWell ? "CONVERGED" : "NOT CONVERGED")} nodes={Nodes} heads={SameHeads()} lookups={lookups} restarted={away.Length} lines={2 * Lines}");
await Task.WhenAll(swarm.Select(static m => m.DisposeAsync().AsTask()));
folder.Delete(recursive: true);
return isWell ? 0 : 1;

async Task WriteAsync()
{
    for (int i = 0; i < Lines; i++)
    {
        string line = $"line {i}\n";
        length += line.Length;
        await swarm[0].Notes.AppendAsync(line, patience.Token);
    }
}

Task EverybodyAsync(IEnumerable<Member> members) => Task.WhenAll(members.Select(m => m.ReadAsync(length, patience.Token)));

int SameHeads() => swarm.Count(m => m.Notes.Status.FrontierHash.Equals(swarm[0].Notes.Status.FrontierHash));
