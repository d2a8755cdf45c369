#:project ../src/Node/P2P.Node.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
using P2P.Node;
await using var node = await P2PNode.StartAsync(new P2POptions { Interfaces = args }); // no arguments: every interface
var notes = await node.Documents.OpenAsync("notes");
await notes.AppendAsync($"hello from {node.Name}\n");
await foreach (var change in notes.Changes())
{
    Console.Write($"{change.At?.ToLocalTime():HH:mm} {change.Author.Short}: {change.Inserted}");
}
