module github.com/beep-chat/beep/pluginsdk

go 1.26.0
