from healthbook.commands import main

main()
