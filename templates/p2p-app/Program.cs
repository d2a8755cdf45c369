using P2P.Node;

// Notes shared with everybody on the LAN who runs this too: no server, no configuration.
// An argument names the network interface to use, such as lo or eth0; without one it is all of them.
try
{
    await using var node = await P2PNode.StartAsync(new P2POptions { DataDirectory = "data", Interfaces = args });
    var notes = await node.Documents.OpenAsync("notes"); // local state at once; syncs in the background

    Console.WriteLine($"{node.Name} on {string.Join(' ', node.Addresses)}");
    await notes.AppendAsync($"hello from {node.Name}\n"); // durable; two equal lines of two peers stay two lines
    await foreach (var change in notes.Changes()) // everything from the start, then live
    {
        Console.Write($"{change.At?.ToLocalTime():HH:mm} {change.Author.Short}: {change.Inserted}");
    }

    return 0;
}
catch (P2PException refused) // no such interface, a folder in use: one line with its code and what to do
{
    Console.Error.WriteLine(refused.Line);
    return refused.ExitCode;
}
