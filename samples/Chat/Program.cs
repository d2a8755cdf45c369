using Chat;
using P2P.Node;
using P2P.Node.Logs;

// chat NAME [ROOM [INTERFACE…]]      what is typed is said; Ctrl-D or Ctrl-C leaves
string name = args.ElementAtOrDefault(0) ?? Environment.UserName;
string room = args.ElementAtOrDefault(1) ?? "lobby";
P2PNode node;
try
{
    node = await P2PNode.StartAsync(new P2POptions { Network = "chat-sample", Interfaces = [.. args.Skip(2)] });
}
catch (P2PException refused) // no such interface, say
{
    Console.Error.WriteLine(refused.Line);
    return refused.ExitCode;
}

await using var running = node;

// What was said is a log: signed, merged, and there for who comes late.
var log = await node.Logs.OpenAsync(room, new JsonLogFormat<Line>(ChatJson.Default.Line));

// Who is there is told while they are, and never stored.
var people = (await node.Documents.OpenAsync(room)).Presence;
await people.ShowAsync(name, 0x336699);

await await Task.WhenAny(ShowAsync(), WatchAsync(), TypeAsync()); // only typing ends
await people.LeaveAsync();
return 0;

async Task ShowAsync()
{
    await foreach (var change in log.Changes())
    {
        var said = change.Entry.Item;
        Console.WriteLine($"{change.At?.ToLocalTime():HH:mm} {change.Author.Short} {said?.Who}: {(change.IsRetraction ? "(taken out)" : said?.Text)}");
    }
}

async Task WatchAsync()
{
    string before = string.Empty;
    await foreach (var view in people.WatchAsync())
    {
        string now = string.Join(", ", view.Others.Select(static o => o.Name).Prepend(name).Order(StringComparer.Ordinal));
        if (now != before)
        {
            Console.WriteLine($"* here: {before = now}");
        }
    }
}

async Task TypeAsync()
{
    while (await Console.In.ReadLineAsync() is string text)
    {
        await log.AppendAsync(new Line(name, text));
    }
}
