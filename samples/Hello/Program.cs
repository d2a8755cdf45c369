using P2P.Node;

// hello [INTERFACE…]      the same as ../hello.cs; in earnest, what is refused is said in one line
try
{
    await using var node = await P2PNode.StartAsync(new P2POptions { Interfaces = args });
    var notes = await node.Documents.OpenAsync("notes");
    await notes.AppendAsync($"hello from {node.Name}\n");
    await foreach (var change in notes.Changes())
    {
        Console.Write($"{change.At?.ToLocalTime():HH:mm} {change.Author.Short}: {change.Inserted}");
    }

    return 0;
}
catch (P2PException refused) // no such interface, say
{
    Console.Error.WriteLine(refused.Line);
    return refused.ExitCode;
}
