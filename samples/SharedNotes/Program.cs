using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using P2P.Node;
using P2P.Samples.SharedNotes;

// Two people, each with a node and a web page of their own. In earnest they are two programs on two machines of a LAN; here they are one, so that one
// command shows it. Arguments: their two ports.
string[] ports = args.Length == 2 ? args : ["5001", "5002"];

try
{
    await using WebApplication ann = NotesApp.Create(ports[0], peers: []);
    await ann.StartAsync();
    P2PNode node = (P2PNode)ann.Services.GetService(typeof(P2PNode))!;
    await using WebApplication ben = NotesApp.Create(ports[1], [.. node.Addresses.Select(static a => a.ToString())]);
    await ben.StartAsync();

    Console.WriteLine($"Ann writes at {ann.Urls.First()}/");
    Console.WriteLine($"Ben writes at {ben.Urls.First()}/");
    Console.WriteLine("Open both, write in both, take one offline, write on, and let it back. Ctrl-C to stop.");
    await ann.WaitForShutdownAsync();
    return 0;
}
catch (Exception error) when (P2PException.In(error) is P2PException refused) // an option of the configuration
{
    Console.Error.WriteLine(refused.Line);
    return refused.ExitCode;
}
