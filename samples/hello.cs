#:project ../src/Node/P2P.Node.csproj
using P2P.Node;
await using var node = await P2PNode.StartAsync(new P2POptions { Interfaces = args }); // no arguments: every interface
var notes = await node.Documents.OpenAsync("notes"); // local state at once; syncs in the background
await notes.AppendAsync($"hello from {node.Name}\n"); // two equal lines stay two; durable where a data folder is set
await foreach (var change in notes.Changes()) Console.Write($"{change.At?.ToLocalTime():HH:mm} {change.Author.Short}: {change.Inserted}");
