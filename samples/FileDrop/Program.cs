using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Node.Files;

// filedrop offer FILE…            offers files and prints a ticket for each, until Ctrl-C
// filedrop take TICKET FOLDER     gets one; stopped or killed, the same command goes on where it was
// Both keep their blocks in FILEDROP_DATA (default: filedrop-data), and use one network interface when FILEDROP_INTERFACE names it.
string data = Environment.GetEnvironmentVariable("FILEDROP_DATA") ?? "filedrop-data";
string[] interfaces = Environment.GetEnvironmentVariable("FILEDROP_INTERFACE") is { Length: > 0 } name ? [name] : [];
P2PNode node;
try
{
    node = await P2PNode.StartAsync(new P2POptions { DataDirectory = data, Interfaces = interfaces, Network = "filedrop" });
}
catch (P2PException refused) // no such interface, or another filedrop uses the folder
{
    Console.Error.WriteLine(refused.Line);
    return refused.ExitCode;
}

await using var running = node;

if (args is ["take", var text, var folder] && FileTicket.TryParse(text, out var ticket, out _) && ticket is not null)
{
    if (ticket.Addresses.Count > 0)
    {
        await node.Peers.ConnectAsync(ticket.Addresses[0]); // mDNS finds it too; the ticket is faster
    }

    Directory.CreateDirectory(folder);
    var report = await node.Blocks.GetFileAsync(ticket.Cid, Path.Combine(folder, ticket.VisibleName), new Percent());
    Console.WriteLine($"{ticket.Name}  {report.Bytes} bytes  {report.BlocksFetched} blocks fetched");
    return 0;
}

if (args is ["offer", .. var files] && files.Length > 0)
{
    foreach (string file in files)
    {
        Cid cid = await node.Blocks.AddFileAsync(file);
        Console.WriteLine(new FileTicket(cid, Path.GetFileName(file), node.Addresses));
    }

    await Task.Delay(Timeout.Infinite);
}

Console.Error.WriteLine("filedrop offer FILE… | take TICKET FOLDER");
return 2;

internal sealed class Percent : IProgress<FileProgress>
{
    public void Report(FileProgress value) => Console.Error.Write($"\r{100 * value.Bytes / Math.Max(1, value.TotalBytes ?? 1)} %");
}
